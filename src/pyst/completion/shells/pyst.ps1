# Completion of pyst for PowerShell: commands, options, scripts, and each script's own options.
# To have it in every shell, add to $PROFILE:  pyst completions powershell | Out-String | Invoke-Expression

Register-ArgumentCompleter -Native -CommandName pyst -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $given = @(
        $commandAst.CommandElements | Select-Object -Skip 1 |
            Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
            ForEach-Object { if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.ToString() } }
    )
    # All that could stand here is asked for, whatever has been typed of it: that answer is kept by pyst.
    $asked = ''
    if ($wordToComplete -match '^(-.*?=)') { $asked = $Matches[1] }
    elseif ($wordToComplete.StartsWith('-')) { $asked = '-' }
    elseif ($wordToComplete -match '^((project|global|installed):)') { $asked = $Matches[1] }
    if ($asked -eq '' -and $PSVersionTable.PSVersion -lt [version]'7.3') { $asked = '""' }

    pyst __complete -- @given $asked 2>$null | ForEach-Object {
        $value, $description = $_ -split "`t", 2
        if ($value -and $value.StartsWith($wordToComplete)) {
            $text = if ($value -match '[^\w\-./:=+%,]') { "'" + $value.Replace("'", "''") + "'" } else { $value }
            if (-not $description) { $description = $value }
            [System.Management.Automation.CompletionResult]::new($text, $value, 'ParameterValue', $description)
        }
    }
}
