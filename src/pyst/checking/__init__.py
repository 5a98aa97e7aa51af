"""What would trip people and programs over a script: rules over its text. Pure; nothing of the script is ever run.

`subject` is what the rules look at, `finding` what they say, `rules` the list of all of them; each `*_rules` file holds
those of one matter. `ignores` knows the comments that silence a rule, `fixes` turns remedies into a new text. Which
scripts are checked, and writing them, is left to `commands.check`.
"""
