"""Files of the project turned into values; errors name the file and the path in it."""
