"""The AWS side of the product: what is deployed, and who may touch what."""
