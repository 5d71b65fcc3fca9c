/* A library that has nothing to do with nodes. */
int other(void);
__attribute__((visibility("default"))) int other(void) {
    return 1;
}
