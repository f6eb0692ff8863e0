"""From the command line and the configuration to the options of a run."""
