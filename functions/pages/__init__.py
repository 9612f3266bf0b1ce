"""What people see: pages made before the deployment, served as they are."""
