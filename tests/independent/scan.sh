#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Whether any of some strings is left in a database: nothing but grep, and nothing of the scrubber.
#
#   tests/independent/scan.sh NEEDLES PATH…
#
# NEEDLES has a string on each line. A PATH is a dump (plain SQL), a folder of files (a filestore), or a folder of a
# stopped database server (its heaps, indexes, statistics and log); zip files are searched unpacked too. Case does not
# matter. Prints each PATH, needle's line number and count; exit code 1 when something was found, 2 when it cannot say.
set -uo pipefail

if (($# < 2)); then
    sed -n '5,12s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
needles=$1
shift
if ! grep -q . "$needles" || grep -qx '[[:space:]]*' "$needles"; then
    echo "$needles: no strings, or an empty line, which is in everything" >&2
    exit 2
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
found=0

# Bytes, not letters: heaps are no text. UTF-8 compares as it stands but for the case of plain letters.
count() {
    local path=$1 shown=$2 code=0 line
    LC_ALL=C grep -raioFh -f "$needles" -- "$path" >"$work/matches" || code=$?
    if ((code > 1)); then
        echo "$shown: cannot be read" >&2
        exit 2
    fi
    [[ -s $work/matches ]] || return 0
    found=1
    # Which needle, by its line: what was found is not repeated.
    while read -r number line; do
        printf '%s: string %d: %d times\n' "$shown" "$line" "$number"
    done < <(LC_ALL=C awk '
        NR == FNR { line[tolower($0)] = FNR; next }
        { times[line[tolower($0)]]++ }
        END { for (one in times) print times[one], one }' "$needles" "$work/matches" | sort -k2n)
}

for path; do
    if [[ ! -e $path ]]; then
        echo "$path: is not there" >&2
        exit 2
    fi
    count "$path" "$path"
    while IFS= read -r -d '' file; do
        # Zip files by their first bytes: names of a filestore have no ending.
        [[ $(head -c 4 "$file" | od -An -tx1 | tr -d ' \n') == 504b0304 ]] || continue
        mkdir "$work/zip"
        python3 -m zipfile -e "$file" "$work/zip" 2>/dev/null || echo "$file: cannot be unpacked" >&2
        count "$work/zip" "$file"
        rm -rf "$work/zip"
    done < <(find "$path" -type f -size +21c -print0)
done
((found == 0))
