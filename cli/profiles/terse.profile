# terse: a microcontroller's card: 64 KiB, one channel, SCP03, AES and curves

memory = 64K
channels = 1
historical-bytes = 8073C001C0
scp02 = none
scp03 = 70
scp11 = none
algorithms = aes hmac ec xec
