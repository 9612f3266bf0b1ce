"""What every function shares: what things mean, where they are kept, how they arrive."""

import gc
import os

# Imports make hardly any garbage, and looking for it is an eighth of a cold start. In Lambda
# the collector rests until edge/log.py's `start`, which every handler calls once it is imported.
if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    gc.disable()
