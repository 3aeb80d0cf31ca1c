// SPDX-License-Identifier: MIT-0
//
// checked.c - the implementation for tests that include checked.h, compiled once for all of them

#include "checked.h"

#define STB_DS_IMPLEMENTATION
#define W2V_IMPLEMENTATION
#include "w2v.h"
