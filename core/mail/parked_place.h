#ifndef CORE_MAIL_PARKED_PLACE_H
#define CORE_MAIL_PARKED_PLACE_H

/* What directories of parked messages are called, on both levels: each by one
   of these. */
enum { PARKED_NAMES = 32 };
extern const char parked_names[PARKED_NAMES + 1];

#endif
