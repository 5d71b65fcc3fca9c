/* Never comes back when it is opened. */
__attribute__((constructor)) static void hang(void) {
    static volatile int on = 1;
    while (on) {
    }
}
