# visa-op201: the look of Open Platform 2.0.1': one channel, DES and RSA, SCP02
#
# The first secure channel, SCP01, needs a card that has it; this one opens
# SCP02 with the same kind of keys.  There is no card recognition data: it
# came later.

gp-version = none
memory = 64K
channels = 1
historical-bytes = 8073C001C0644F503230    # our capabilities, "OP20"
isd-aid = A0000000030000
scp03 = none
scp02 = 15
scp02-key-version = 01
algorithms = des rsa

cplc-fabricator = 4790
cplc-ic-type = 5032
cplc-os-id = 4791
cplc-os-level = 0201
cplc-os-date = 2000-04-07
cplc-fabrication-date = 2000-05-02
