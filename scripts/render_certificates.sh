#!/bin/sh
# Makes an authority of its own and one certificate each for the scheduler, the workers and the server, so that they trust each other and nobody else.
# Usage: scripts/render_certificates.sh FOLDER [DAYS]    Needs openssl. Refuses to write over an authority that is there.
set -eu
umask 077
folder=${1:?usage: scripts/render_certificates.sh FOLDER [DAYS]}
days=${2:-825}
if [ -e "$folder/ca.pem" ]; then
    echo "$folder/ca.pem is there already; remove the folder to begin anew" >&2
    exit 1
fi
mkdir -p "$folder"
cd "$folder"
key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null; }
key ca.key
openssl req -x509 -new -key ca.key -days "$days" -subj "/CN=HiSolver renders" -out ca.pem
for name in scheduler worker server; do
    key "$name.key"
    openssl req -new -key "$name.key" -subj "/CN=$name" | openssl x509 -req -CA ca.pem -CAkey ca.key -CAcreateserial -days "$days" -out "$name.pem" 2>/dev/null
done
rm -f ca.srl
echo "$folder holds ca.pem and, for each of scheduler, worker and server, a .pem and a .key; keep ca.key somewhere else"
