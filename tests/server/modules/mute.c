/* A shared object that says nothing of itself: no module. */
int nothing = 1;
