# A profile of one's own: postcard card new my.card --profile acme.profile
#
# docs/profiles.md explains each key; what is left out is as in gp231.

life-cycle = SECURED
memory = 1M
channels = 8
algorithms = des aes hmac rsa ec xec    # no DSA, DH, SEED, SM4
historical-bytes = 8073C001DF6441434D45    # what the card can, and "ACME"
isd-aid = A000000151000000
iin = 420007
cin = random

scp03 = 60                # random challenges; R-MAC and R-ENCRYPTION
scp03-key-version = 31
scp02 = none
scp11 = none
keys = test               # an issuer would write: given

cplc-fabricator = 4790
cplc-os-id = 4791
cplc-os-date = 2026-11-27
cplc-serial = card
