"""The cage: what a command may do freely, what needs approval, and the wording. Pure values and tables."""
