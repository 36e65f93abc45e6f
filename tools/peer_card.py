"""A card of the C reference simulator: the program started with an empty or
with its own memory, files and applets brought onto it by its own installer
applet, commands sent as they are."""
import pathlib
import subprocess
import zipfile

import peer_link

PORT = 9025
INSTALLER = bytes.fromhex("A00000006203010801")
CAP_BEGIN, CAP_END = 0xB0, 0xBA
COMPONENT_BEGIN, COMPONENT_DATA, COMPONENT_END = 0xB2, 0xB4, 0xBC
CREATE = 0xB8
PIECE = 32
NO_DATA = b""
LE = b"\x7F"

# As the installer wants them; it has no use for Descriptor and Debug.
ORDER = ["Header", "Directory", "Import", "Applet", "Class", "Method",
         "StaticField", "Export", "ConstantPool", "RefLocation"]

MUTE = "mute"


class Refused(Exception):
    """The other card did not take a file or an applet."""


def components(cap):
    with zipfile.ZipFile(cap) as z:
        parts = {pathlib.PurePosixPath(n).stem: z.read(n)
                 for n in z.namelist() if n.endswith(".cap")}
    return [parts[n] for n in ORDER if n in parts]


class PeerCard:
    """One card, on from the start."""

    def __init__(self, command, folder):
        self.command = command
        self.memory = pathlib.Path(folder) / "memory.eeprom"
        self.memory.unlink(missing_ok=True)
        self.process = self.terminal = None
        self.power_on()

    def power_on(self):
        command = [*self.command, "-p", str(PORT), "-o", str(self.memory)]
        if self.memory.exists():
            command += ["-i", str(self.memory)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        self.terminal = peer_link.Terminal(
            peer_link.connect(PORT, self.process))
        self.terminal.power_up()

    def power_off(self):
        if self.terminal:
            try:
                self.terminal.power_down()
            except peer_link.LinkError:
                pass
            self.terminal.frames.connection.close()
            self.terminal = None
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def reset(self):
        self.power_off()
        self.power_on()

    def raw(self, command):
        """The answer in hexadecimal, or MUTE until the next reset."""
        if self.terminal is None:
            return MUTE
        try:
            return self.terminal.transmit(command).hex().upper()
        except peer_link.LinkError:
            self.power_off()
            return MUTE

    def installer(self, ins, p1=0, data=NO_DATA):
        length = bytes([len(data)]) if data else NO_DATA
        command = bytes([0x80, ins, p1, 0]) + length + data + LE
        answer = self.raw(command)
        if not answer.endswith("9000"):
            raise Refused(f"{ins:02X} {p1:02X}: {answer}")

    def select(self, aid):
        return self.raw(bytes([0, 0xA4, 4, 0, len(aid)]) + aid)

    def open_installer(self):
        answer = self.select(INSTALLER)
        if answer != "9000":
            raise Refused(f"its installer answers {answer}")

    def load(self, cap):
        self.open_installer()
        self.installer(CAP_BEGIN)
        for part in components(cap):
            number = part[0]
            self.installer(COMPONENT_BEGIN, number)
            for i in range(0, len(part), PIECE):
                self.installer(COMPONENT_DATA, number, part[i:i + PIECE])
            self.installer(COMPONENT_END, number)
        self.installer(CAP_END)

    def install(self, aid, parameters=NO_DATA):
        self.open_installer()
        self.installer(CREATE, 0, bytes([len(aid)]) + aid +
                       bytes([len(parameters)]) + parameters)
