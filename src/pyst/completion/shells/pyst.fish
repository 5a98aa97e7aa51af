# Completion of pyst for fish: commands, options, scripts, and each script's own options.
# To have it in every shell:  pyst completions fish > ~/.config/fish/completions/pyst.fish

function __pyst_complete
    set -l given (commandline -opc)
    set -l current (commandline -ct)
    set -e given[1]

    # All that could stand here is asked for, whatever has been typed of it: that answer is kept by pyst.
    set -l asked ''
    switch "$current"
        case '-*=*'
            set asked (string replace -r '=.*' '=' -- $current)
        case '-*'
            set asked -
        case 'project:*' 'global:*' 'installed:*'
            set asked (string replace -r ':.*' ':' -- $current)
    end
    set -l lines (command pyst __complete -- $given "$asked" 2>/dev/null)
    set -l found (string match -v -r '^\t' -- $lines)
    set -l files (string match -r '^\t.*' -- $lines | string trim)
    test -n "$found"; and printf '%s\n' $found
    if test -z "$found"; or string match -q -r '^[./~]' -- "$current"
        switch "$files"
            case files
                __fish_complete_path $current
            case folders
                __fish_complete_directories $current
        end
    end
end

complete -c pyst -e
complete -c pyst -f -a '(__pyst_complete)'
