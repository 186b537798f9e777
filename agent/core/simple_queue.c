/* queue.SimpleQueue: a subclass of the C one, with the queue's subject behind the object's own fields. The native put
 * and get run under the GIL, so their order is the order of seq. */
#include "items.h"

bool simple_queue_hook(PyObject *module) { (void)module; return true; }
