# uicc: a SIM-like element: SECURED, SCP02 as operators use it and SCP03

life-cycle = SECURED
gp-version = 2.2.1
memory = 256K
channels = 4
historical-bytes = 8073C001DB6455494343    # our capabilities, "UICC"
iin = 89000000
scp02 = 55
scp02-key-version = 20
scp03 = 70
scp03-key-version = 30
scp11 = none
algorithms = des aes hmac rsa ec

cplc-fabricator = 4790
cplc-os-id = 4791
cplc-os-date = 2018-03-01
cplc-personalization-date = 2018-04-02
