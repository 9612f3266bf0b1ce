"""What things mean: pure decisions of policy, state and time. Imports nothing of ours."""
