/* A folder for a test's files, in memory if there is a file system there: a
 * disk that is told to keep what it has would be waited for thousands of
 * times. */
#ifndef TESTS_FOLDER_H
#define TESTS_FOLDER_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { TEST_FOLDER = 48 };

/* Makes one of a name of its own, which begins with "postcard-`name`-". */
static inline bool test_folder(char out[static TEST_FOLDER], const char *name)
{
    snprintf(out, TEST_FOLDER, "/dev/shm/postcard-%.20s-XXXXXX", name);
    if (mkdtemp(out) != NULL)
        return true;
    snprintf(out, TEST_FOLDER, "/tmp/postcard-%.20s-XXXXXX", name);
    return mkdtemp(out) != NULL;
}

#endif
