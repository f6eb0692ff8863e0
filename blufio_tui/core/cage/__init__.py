"""The cage: what a command may do freely, what is asked about, and how that reads. Pure values and tables."""
