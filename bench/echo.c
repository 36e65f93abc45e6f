/*
 * The way from the reader to an applet and back: commands a second of an
 * applet that echoes, of one that does nothing, and of what the card answers
 * by itself.
 */
#include <stdio.h>
#include <string.h>

#include "bench/common.h"

enum { COUNT = 100000, LONG_COUNT = 2000, HEADER = 5, LONG_HEADER = 7 };

static const uint8_t get_data[] = {0x80, 0xCA, 0x00, 0x66, 0x00};
static const uint8_t select_echo[] = {0x00, 0xA4, 0x04, 0x00, 0x07, 0xF0, 0x50,
                                      0x4F, 0x53, 0x54, 0x03, 0x01, 0x00};
static const uint8_t nothing[] = {0x80, 0x14, 0x00, 0x00};

static void per_second(struct bench *b, const char *what,
                       const uint8_t *command, size_t n, int count)
{
    bench_row(what, 1 / bench_exchange(b, command, n, count), 0, "/s");
}

static void echo(struct bench *b, const char *what, uint8_t n)
{
    uint8_t command[HEADER + 255 + 1] = {0x80, 0x10, 0, 0, n};

    memset(command + HEADER, 0x5A, n);
    per_second(b, what, command, HEADER + n + 1u, COUNT);
}

static void echo_long(struct bench *b, const char *what, uint16_t n)
{
    static uint8_t command[LONG_HEADER + 8192 + 2] = {0x80, 0x12};

    command[5] = (uint8_t)(n >> 8);
    command[6] = (uint8_t)n;
    memset(command + LONG_HEADER, 0x5A, n);
    per_second(b, what, command, LONG_HEADER + n + 2u, LONG_COUNT);
}

int main(int argc, char **argv)
{
    static struct bench b;

    if (argc != 2)
        bench_die("usage: echo ECHO.CAP");
    bench_open(&b);
    bench_install_file(&b, argv[1]);
    per_second(&b, "SELECT the card domain", bench_select_isd,
               sizeof bench_select_isd, COUNT);
    per_second(&b, "GET DATA 0066", get_data, sizeof get_data, COUNT);
    per_second(&b, "SELECT the echo applet", select_echo, sizeof select_echo,
               COUNT);
    per_second(&b, "an applet's empty command", nothing, sizeof nothing, COUNT);
    echo(&b, "echo of 16 bytes", 16);
    echo(&b, "echo of 240 bytes", 240);
    echo_long(&b, "echo of 8,192 bytes, in blocks", 8192);
    bench_machine(&b);
    bench_close(&b);
    return 0;
}
