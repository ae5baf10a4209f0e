#include "warp/domain/reason.h"
