"""What a bundle can do, measured on the story world, where the scene behind each text is known: `gillstory eval`."""
