"""Agent Skills: folders of text that tell an agent how to work with pyst, or with one script, or by one's own habits.

`skill` holds the value and how it becomes files, `front_matter` the head of SKILL.md, `rules` what the open format
asks, `saving` how a package gets into a folder without losing anything; `builtin`, `of_script` and `learned` make
skills. Who asks the person, and what is known of the machine, is the commands' business.
"""
