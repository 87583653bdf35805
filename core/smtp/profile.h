#ifndef CORE_SMTP_PROFILE_H
#define CORE_SMTP_PROFILE_H

/* Whose manners a site has; the order is that of the setting's choices. */
enum profile {
	PROFILE_RFC5321,
	PROFILE_RFC821,
};

#endif
