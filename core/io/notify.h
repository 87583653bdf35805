#ifndef CORE_IO_NOTIFY_H
#define CORE_IO_NOTIFY_H

/* Tells the service manager how we are, "READY=1", where one asked for it
   (NOTIFY_SOCKET: sd_notify(3)). Nobody need listen, so nothing fails. */
void notify_manager(const char *state);

#endif
