"""What `make bench` runs: every figure beside its floor or peer, measured in the same run."""
