"""From the command line and the configuration to what the program starts with."""
