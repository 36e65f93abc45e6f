# issued: as gp231, but SECURED (load secured) and with SCP03 alone

life-cycle = SECURED
scp02 = none
scp11 = none
