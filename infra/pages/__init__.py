"""What people see, made into files when the stack is synthesised or the local run starts."""
