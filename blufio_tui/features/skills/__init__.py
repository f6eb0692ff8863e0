"""Skills: fetched, trusted, tried, as tools, and what is known of their use."""
