"""What is free in a cage on this machine."""
