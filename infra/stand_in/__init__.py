"""What is deployed in the place of a package whose work was done before."""
