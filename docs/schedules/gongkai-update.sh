#!/bin/sh
# Run one update, and tell somebody when there is something to tell: for cron and systemd.
#
#   GONGKAI          the command; by default gongkai on the PATH
#   GONGKAI_TELL     a command that gets the page on standard input and $SUBJECT, such as
#                    mail -s "$SUBJECT" you@example.org
#                    without it the page is printed, and cron mails what is printed
#   GONGKAI_TIMEOUT  after how long an update is ended that has not ended by itself; by default 12h.
#                    The next one goes on where it was.
#   GONGKAI_DATA, GONGKAI_OFFICES, GONGKAI_CONTACT: as for gongkai itself
#
# Arguments go to `gongkai update`. The exit code is that of the update.
set -u

limit=${GONGKAI_TIMEOUT:-12h}
said=$(timeout -k 60 "$limit" "${GONGKAI:-gongkai}" update "$@" 2>&1)
code=$?
# The last line of an update that wrote its page names it: "Update: partial; data/update.md".
page=$(printf '%s\n' "$said" | sed -n 's/^Update: [a-z_]*; //p' | tail -n 1)

tell() {
    if [ -n "${GONGKAI_TELL:-}" ]; then
        SUBJECT=$1 sh -c "$GONGKAI_TELL"
    else
        cat
    fi
}

case $code in
0)
    # Nothing is wrong. Silence, unless something is new.
    grep -q '^Nothing is new\.' "$page" ||
        tell "gongkai: something is new" <"$page"
    ;;
6)
    # Another run is at work on the same data, and tells for both, unless it hangs.
    case $said in
    *"it may hang"*) printf '%s\n' "$said" | tell "gongkai: an update does not end" ;;
    esac
    ;;
124 | 137)
    printf '%s\nThe update had not ended after %s, and was ended.\n' "$said" "$limit" |
        tell "gongkai: update was ended after $limit"
    ;;
*)
    if [ -n "$page" ]; then
        tell "gongkai: update ended with exit code $code" <"$page"
    else
        printf '%s\n' "$said" | tell "gongkai: update ended with exit code $code"
    fi
    ;;
esac
exit "$code"
