"""The engines that stages run on: how they are reached, and what is done there."""
