#!/bin/sh
# Makes an authority and certificates for renders across machines: FOLDER/scheduler, FOLDER/worker and FOLDER/server hold what each of them needs
# (ca.pem, cert.pem, key.pem) and nothing more. FOLDER/authority can sign for others: whoever has it can run code on all of them.
# Usage: scripts/render_certificates.sh FOLDER [DAYS]    Needs openssl. Refuses to write over an authority that is there.
set -eu
umask 077
folder=${1:?usage: scripts/render_certificates.sh FOLDER [DAYS]}
days=${2:-825}
if [ -e "$folder/authority" ]; then
    echo "$folder/authority is there already; remove the folder to begin anew" >&2
    exit 1
fi
mkdir -p "$folder/authority"
cd "$folder"
key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null; }
key authority/key.pem
openssl req -x509 -new -key authority/key.pem -days "$days" -subj "/CN=HiSolver renders" -out authority/ca.pem
for name in scheduler worker server; do
    mkdir -p "$name"
    key "$name/key.pem"
    openssl req -new -key "$name/key.pem" -subj "/CN=$name" |
        openssl x509 -req -CA authority/ca.pem -CAkey authority/key.pem -CAserial authority/serial -CAcreateserial -days "$days" -out "$name/cert.pem" 2>/dev/null
    cp authority/ca.pem "$name/ca.pem"
done
echo "$folder: give each machine the folder of its role (scheduler, worker, server), and keep authority away from all of them"
