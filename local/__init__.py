"""The whole product on one machine: the synthesised template, run. Never deployed."""
