// SPDX-License-Identifier: Apache-2.0
#include "patchbay/plugin/v1/authorization.pb-c.h"
#include "patchbay/plugin/v1/consumers.pb-c.h"
#include "patchbay/plugin/v1/control.pb-c.h"
#include "patchbay/plugin/v1/delivery.pb-c.h"
#include "patchbay/plugin/v1/exchange.pb-c.h"
#include "patchbay/plugin/v1/manifest.pb-c.h"
#include "patchbay/plugin/v1/metrics.pb-c.h"
#include "patchbay/plugin/v1/services.pb-c.h"
