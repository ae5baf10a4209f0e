// spandsp, without what its headers do to everybody else: they replace lrint() by a macro.
#pragma once

#include <spandsp.h>

#undef lrint
#undef lrintf
