/* The whole off-card library; each header also stands alone. */
#ifndef GP_GP_H
#define GP_GP_H

#include <gp/cap.h>
#include <gp/capfile.h>
#include <gp/capinfo.h>
#include <gp/commands.h>
#include <gp/confidential.h>
#include <gp/content.h>
#include <gp/error.h>
#include <gp/exp.h>
#include <gp/keys.h>
#include <gp/session.h>
#include <gp/transport.h>

#endif
