"""What the model is given with a prompt: instructions, its situation, what `@` names."""
