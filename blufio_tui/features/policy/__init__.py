"""What effects are decided on: the policy now, rules tried on the log, secrets, and what a request depends on."""
