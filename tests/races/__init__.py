"""Many at once, at the doors: on a real engine where ENGINE names one."""
