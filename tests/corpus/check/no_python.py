# /// script
# # expect-above: C004 warning
# dependencies = []
# ///
"""Leave the Python open."""

print(1)
