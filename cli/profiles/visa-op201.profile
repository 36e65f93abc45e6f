# visa-op201: the look of Open Platform 2.0.1': one channel, DES and RSA, SCP01
#
# Its secure channel was the first one, SCP01; a file with scp01 = none and
# scp02 = 15 opens SCP02 with the same kind of keys.  There is no card
# recognition data: it came later.

gp-version = none
memory = 64K
channels = 1
historical-bytes = 8073C001C0644F503230    # our capabilities, "OP20"
isd-aid = A0000000030000
scp03 = none
scp02 = none
scp01 = 05
scp01-key-version = 01
scp11 = none
algorithms = des rsa

cplc-fabricator = 4790
cplc-ic-type = 5032
cplc-os-id = 4791
cplc-os-level = 0201
cplc-os-date = 2000-04-07
cplc-fabrication-date = 2000-05-02
