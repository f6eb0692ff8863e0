"""The only place where adapters meet the screen: `backend` builds what acts, `screen` feeds the app."""
