# gp22-jcop-like: GlobalPlatform 2.2.1 as on common Java cards, SCP02 and SCP03

gp-version = 2.2.1
memory = 256K
channels = 4
historical-bytes = 4A434F502D6C696B65    # "JCOP-like"
isd-aid = A000000151000000
scp02 = 55
scp02-key-version = 20
scp03 = 70
scp03-key-version = 30
scp11 = none
algorithms = des aes hmac rsa ec

# Made up, like the serial number, which follows from the card's own.
cplc-fabricator = 4790
cplc-ic-type = 5168
cplc-os-id = 4791
cplc-os-level = 0221
cplc-os-date = 2012-06-01
cplc-fabrication-date = 2013-03-15
cplc-batch = 0001
