/*
 * Runs a fuzz target over its committed seeds, where libFuzzer is not at
 * hand: proves that no seed, found once, crashes again.  Fails without seeds.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
size_t LLVMFuzzerMutate(uint8_t *data, size_t n, size_t max);

/* Mutators want it; without libFuzzer nothing is mutated. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t n, size_t max)
{
    (void)data;
    (void)max;
    return n;
}

static int run(const char *folder, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return 0;

    enum { LARGEST = 1 << 20 };
    uint8_t *data = malloc(LARGEST);
    size_t n = data == NULL ? 0 : fread(data, 1, LARGEST, f);
    uint8_t *exact = malloc(n > 0 ? n : 1); /* so that overreads show */
    for (size_t i = 0; exact != NULL && i < n; i++)
        exact[i] = data[i];
    if (exact != NULL)
        LLVMFuzzerTestOneInput(exact, n);
    free(exact);
    free(data);
    fclose(f);
    return 1;
}

int main(int argc, char **argv)
{
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    int count = 0;

    if (folder == NULL) {
        fprintf(stderr, "usage: %s FOLDER (one that exists)\n", argv[0]);
        return 2;
    }
    for (const struct dirent *d; (d = readdir(folder)) != NULL;) {
        if (d->d_name[0] != '.')
            count += run(argv[1], d->d_name);
    }
    closedir(folder);
    printf("%d seeds\n", count);
    return count > 0 ? 0 : 1;
}
