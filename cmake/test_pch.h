// Precompiled for every test: what the rooms have, and GoogleTest.
#pragma once

#include <pch.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
