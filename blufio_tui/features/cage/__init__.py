"""The cage as configured, and what caged commands did."""
