# gp231: GlobalPlatform 2.3.1, everything that the card can, SCP03, 02 and 11
#
# What a profile file leaves out is as it is here.

memory = 512K
life-cycle = OP_READY
gp-version = 2.3.1
channels = 20
algorithms = all
historical-bytes = default
isd-aid = A000000151000000
cin = random
scp03 = 70
scp03-key-version = 30
scp02 = 55
scp02-key-version = 20
scp01 = none
scp01-key-version = 01
scp11 = 1B    # a, b and c, chains of certificates; its keys come later
tries = any
keys = test
enciphered = no
