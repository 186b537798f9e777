/* The methods, and how ours come into their places. In: the module mpi4py.MPI. Out: its methods call ours.
 *
 *   MPI.Comm.Send   a Cython function: its PyMethodDef in the module's own memory ── ml_meth ─┬ before ──→ the original
 *                                                                                             └ from now on ─→ ours ─→ the original
 *
 * So the function is the same object as before, with the signature, the documentation and the code object that it had; a call
 * takes no way longer than to ours. (Rejected: another function in the class's dictionary, which is none of Cython's, and MPI's
 * own profiling interface, PMPI: a call of Python's makes several of MPI's.) Where the function is laid out otherwise, which is
 * checked before it is touched, it is left as it is and a note says so. */
#define _GNU_SOURCE
#include "mpi.h"
#include <dlfcn.h>
#include <string.h>

/* class, method, what tells it, what, place */
#define METHODS(M)                                                                                                             \
    M(Comm, send, send_blocking, 0, 0)                                                                                         \
    M(Comm, Send, send_blocking, 0, 0)                                                                                         \
    M(Comm, ssend, send_blocking, 0, 0)                                                                                        \
    M(Comm, Ssend, send_blocking, 0, 0)                                                                                        \
    M(Comm, Rsend, send_blocking, 0, 0)                                                                                        \
    M(Comm, bsend, send_buffered, 0, 0)                                                                                        \
    M(Comm, Bsend, send_buffered, 0, 0)                                                                                        \
    M(Comm, recv, receive_blocking, 0, 0)                                                                                      \
    M(Comm, Recv, receive_blocking, 0, 0)                                                                                      \
    M(Comm, sendrecv, send_receive, 0, 0)                                                                                      \
    M(Comm, Sendrecv, send_receive, 0, 0)                                                                                      \
    M(Comm, Sendrecv_replace, send_receive, 1, 0)                                                                              \
    M(Comm, probe, probe, 0, 0)                                                                                                \
    M(Comm, Probe, probe, 0, 0)                                                                                                \
    M(Comm, iprobe, try_probe, 0, 0)                                                                                           \
    M(Comm, Iprobe, try_probe, 0, 0)                                                                                           \
    M(Comm, mprobe, take_message, 1, 0)                                                                                        \
    M(Comm, Mprobe, take_message, 1, 0)                                                                                        \
    M(Comm, improbe, take_message, 0, 0)                                                                                       \
    M(Comm, Improbe, take_message, 0, 0)                                                                                       \
    M(Message, probe, take_message, 1, 0)                                                                                      \
    M(Message, Probe, take_message, 1, 0)                                                                                      \
    M(Message, iprobe, take_message, 0, 0)                                                                                     \
    M(Message, Iprobe, take_message, 0, 0)                                                                                     \
    M(Message, recv, message_receive, 0, 0)                                                                                    \
    M(Message, Recv, message_receive, 0, 0)                                                                                    \
    M(Message, irecv, message_receive_later, 0, 0)                                                                             \
    M(Message, Irecv, message_receive_later, 0, 0)                                                                             \
    M(Comm, isend, send_later, 0, 0)                                                                                           \
    M(Comm, Isend, send_later, 0, 0)                                                                                           \
    M(Comm, issend, send_later, 0, 0)                                                                                          \
    M(Comm, Issend, send_later, 0, 0)                                                                                          \
    M(Comm, ibsend, send_later, 0, 0)                                                                                          \
    M(Comm, Ibsend, send_later, 0, 0)                                                                                          \
    M(Comm, Irsend, send_later, 0, 0)                                                                                          \
    M(Comm, irecv, receive_later, 0, 0)                                                                                        \
    M(Comm, Irecv, receive_later, 0, 0)                                                                                        \
    M(Comm, Isendrecv, send_receive_later, 0, 0)                                                                               \
    M(Comm, Isendrecv_replace, send_receive_later, 1, 0)                                                                       \
    M(Comm, Send_init, send_prepared, 0, 0)                                                                                    \
    M(Comm, Bsend_init, send_prepared, 0, 0)                                                                                   \
    M(Comm, Ssend_init, send_prepared, 0, 0)                                                                                   \
    M(Comm, Rsend_init, send_prepared, 0, 0)                                                                                   \
    M(Comm, Recv_init, receive_prepared, 0, 0)                                                                                 \
    M(Prequest, Start, start, 0, 0)                                                                                            \
    M(Prequest, Startall, start_all, 0, 0)                                                                                     \
    M(Request, Cancel, cancel_request, 0, 0)                                                                                   \
    M(Request, cancel, cancel_request, 0, 0)                                                                                   \
    M(Request, Free, free_request, 0, 0)                                                                                       \
    M(Request, free, free_request, 0, 0)                                                                                       \
    M(Request, wait, complete, ONE, 1)                                                                                         \
    M(Request, Wait, complete, ONE, 1)                                                                                         \
    M(Request, test, complete, ONE, 0)                                                                                         \
    M(Request, Test, complete, ONE, 0)                                                                                         \
    M(Request, waitany, complete, ANY, 1)                                                                                      \
    M(Request, Waitany, complete, ANY, 1)                                                                                      \
    M(Request, testany, complete, ANY, 0)                                                                                      \
    M(Request, Testany, complete, ANY, 0)                                                                                      \
    M(Request, waitall, complete, ALL, 1)                                                                                      \
    M(Request, Waitall, complete, ALL, 1)                                                                                      \
    M(Request, testall, complete, ALL, 0)                                                                                      \
    M(Request, Testall, complete, ALL, 0)                                                                                      \
    M(Request, waitsome, complete, SOME, 1)                                                                                    \
    M(Request, Waitsome, complete, SOME, 1)                                                                                    \
    M(Request, testsome, complete, SOME, 0)                                                                                    \
    M(Request, Testsome, complete, SOME, 0)                                                                                    \
    M(Comm, barrier, collective, IL_COLLECTIVE_BARRIER, 0)                                                                     \
    M(Comm, bcast, collective, IL_COLLECTIVE_BCAST, 1)                                                                         \
    M(Comm, gather, collective, IL_COLLECTIVE_GATHER, 1)                                                                       \
    M(Comm, scatter, collective, IL_COLLECTIVE_SCATTER, 1)                                                                     \
    M(Comm, allgather, collective, IL_COLLECTIVE_ALLGATHER, 0)                                                                 \
    M(Comm, alltoall, collective, IL_COLLECTIVE_ALLTOALL, 0)                                                                   \
    M(Comm, reduce, collective, IL_COLLECTIVE_REDUCE, 2)                                                                       \
    M(Comm, allreduce, collective, IL_COLLECTIVE_ALLREDUCE, 0)                                                                 \
    M(Comm, Barrier, collective, IL_COLLECTIVE_BARRIER, 0)                                                                     \
    M(Comm, Bcast, collective, IL_COLLECTIVE_BCAST, 1)                                                                         \
    M(Comm, Gather, collective, IL_COLLECTIVE_GATHER, 2)                                                                       \
    M(Comm, Gatherv, collective, IL_COLLECTIVE_GATHER, 2)                                                                      \
    M(Comm, Scatter, collective, IL_COLLECTIVE_SCATTER, 2)                                                                     \
    M(Comm, Scatterv, collective, IL_COLLECTIVE_SCATTER, 2)                                                                    \
    M(Comm, Allgather, collective, IL_COLLECTIVE_ALLGATHER, 0)                                                                 \
    M(Comm, Allgatherv, collective, IL_COLLECTIVE_ALLGATHER, 0)                                                                \
    M(Comm, Alltoall, collective, IL_COLLECTIVE_ALLTOALL, 0)                                                                   \
    M(Comm, Alltoallv, collective, IL_COLLECTIVE_ALLTOALL, 0)                                                                  \
    M(Comm, Alltoallw, collective, IL_COLLECTIVE_ALLTOALL, 0)                                                                  \
    M(Comm, Reduce, collective, IL_COLLECTIVE_REDUCE, 3)                                                                       \
    M(Comm, Allreduce, collective, IL_COLLECTIVE_ALLREDUCE, 0)                                                                 \
    M(Comm, Reduce_scatter_block, collective, IL_COLLECTIVE_REDUCE_SCATTER, 0)                                                 \
    M(Comm, Reduce_scatter, collective, IL_COLLECTIVE_REDUCE_SCATTER, 0)                                                       \
    M(Intracomm, Scan, collective, IL_COLLECTIVE_SCAN, 0)                                                                      \
    M(Intracomm, Exscan, collective, IL_COLLECTIVE_EXSCAN, 0)                                                                  \
    M(Topocomm, Neighbor_allgather, collective, IL_COLLECTIVE_NEIGHBOR, 0)                                                     \
    M(Topocomm, Neighbor_allgatherv, collective, IL_COLLECTIVE_NEIGHBOR, 0)                                                    \
    M(Topocomm, Neighbor_alltoall, collective, IL_COLLECTIVE_NEIGHBOR, 0)                                                      \
    M(Topocomm, Neighbor_alltoallv, collective, IL_COLLECTIVE_NEIGHBOR, 0)                                                     \
    M(Topocomm, Neighbor_alltoallw, collective, IL_COLLECTIVE_NEIGHBOR, 0)                                                     \
    M(Intracomm, scan, collective, IL_COLLECTIVE_SCAN, 0)                                                                      \
    M(Intracomm, exscan, collective, IL_COLLECTIVE_EXSCAN, 0)                                                                  \
    M(Topocomm, neighbor_allgather, collective, IL_COLLECTIVE_NEIGHBOR, 0)                                                     \
    M(Topocomm, neighbor_alltoall, collective, IL_COLLECTIVE_NEIGHBOR, 0)                                                      \
    M(Comm, Ibarrier, collective_later, IL_COLLECTIVE_BARRIER, 0)                                                              \
    M(Comm, Ibcast, collective_later, IL_COLLECTIVE_BCAST, 1)                                                                  \
    M(Comm, Igather, collective_later, IL_COLLECTIVE_GATHER, 2)                                                                \
    M(Comm, Igatherv, collective_later, IL_COLLECTIVE_GATHER, 2)                                                               \
    M(Comm, Iscatter, collective_later, IL_COLLECTIVE_SCATTER, 2)                                                              \
    M(Comm, Iscatterv, collective_later, IL_COLLECTIVE_SCATTER, 2)                                                             \
    M(Comm, Iallgather, collective_later, IL_COLLECTIVE_ALLGATHER, 0)                                                          \
    M(Comm, Iallgatherv, collective_later, IL_COLLECTIVE_ALLGATHER, 0)                                                         \
    M(Comm, Ialltoall, collective_later, IL_COLLECTIVE_ALLTOALL, 0)                                                            \
    M(Comm, Ialltoallv, collective_later, IL_COLLECTIVE_ALLTOALL, 0)                                                           \
    M(Comm, Ialltoallw, collective_later, IL_COLLECTIVE_ALLTOALL, 0)                                                           \
    M(Comm, Ireduce, collective_later, IL_COLLECTIVE_REDUCE, 3)                                                                \
    M(Comm, Iallreduce, collective_later, IL_COLLECTIVE_ALLREDUCE, 0)                                                          \
    M(Comm, Ireduce_scatter_block, collective_later, IL_COLLECTIVE_REDUCE_SCATTER, 0)                                          \
    M(Comm, Ireduce_scatter, collective_later, IL_COLLECTIVE_REDUCE_SCATTER, 0)                                                \
    M(Intracomm, Iscan, collective_later, IL_COLLECTIVE_SCAN, 0)                                                               \
    M(Intracomm, Iexscan, collective_later, IL_COLLECTIVE_EXSCAN, 0)                                                           \
    M(Topocomm, Ineighbor_allgather, collective_later, IL_COLLECTIVE_NEIGHBOR, 0)                                              \
    M(Topocomm, Ineighbor_allgatherv, collective_later, IL_COLLECTIVE_NEIGHBOR, 0)                                             \
    M(Topocomm, Ineighbor_alltoall, collective_later, IL_COLLECTIVE_NEIGHBOR, 0)                                               \
    M(Topocomm, Ineighbor_alltoallv, collective_later, IL_COLLECTIVE_NEIGHBOR, 0)                                              \
    M(Topocomm, Ineighbor_alltoallw, collective_later, IL_COLLECTIVE_NEIGHBOR, 0)                                              \
    M(Comm, Barrier_init, collective_prepared, IL_COLLECTIVE_BARRIER, 0)                                                       \
    M(Comm, Bcast_init, collective_prepared, IL_COLLECTIVE_BCAST, 1)                                                           \
    M(Comm, Gather_init, collective_prepared, IL_COLLECTIVE_GATHER, 2)                                                         \
    M(Comm, Gatherv_init, collective_prepared, IL_COLLECTIVE_GATHER, 2)                                                        \
    M(Comm, Scatter_init, collective_prepared, IL_COLLECTIVE_SCATTER, 2)                                                       \
    M(Comm, Scatterv_init, collective_prepared, IL_COLLECTIVE_SCATTER, 2)                                                      \
    M(Comm, Allgather_init, collective_prepared, IL_COLLECTIVE_ALLGATHER, 0)                                                   \
    M(Comm, Allgatherv_init, collective_prepared, IL_COLLECTIVE_ALLGATHER, 0)                                                  \
    M(Comm, Alltoall_init, collective_prepared, IL_COLLECTIVE_ALLTOALL, 0)                                                     \
    M(Comm, Alltoallv_init, collective_prepared, IL_COLLECTIVE_ALLTOALL, 0)                                                    \
    M(Comm, Alltoallw_init, collective_prepared, IL_COLLECTIVE_ALLTOALL, 0)                                                    \
    M(Comm, Reduce_init, collective_prepared, IL_COLLECTIVE_REDUCE, 3)                                                         \
    M(Comm, Allreduce_init, collective_prepared, IL_COLLECTIVE_ALLREDUCE, 0)                                                   \
    M(Comm, Reduce_scatter_block_init, collective_prepared, IL_COLLECTIVE_REDUCE_SCATTER, 0)                                   \
    M(Comm, Reduce_scatter_init, collective_prepared, IL_COLLECTIVE_REDUCE_SCATTER, 0)                                         \
    M(Intracomm, Scan_init, collective_prepared, IL_COLLECTIVE_SCAN, 0)                                                        \
    M(Intracomm, Exscan_init, collective_prepared, IL_COLLECTIVE_EXSCAN, 0)                                                    \
    M(Topocomm, Neighbor_allgather_init, collective_prepared, IL_COLLECTIVE_NEIGHBOR, 0)                                       \
    M(Topocomm, Neighbor_allgatherv_init, collective_prepared, IL_COLLECTIVE_NEIGHBOR, 0)                                      \
    M(Topocomm, Neighbor_alltoall_init, collective_prepared, IL_COLLECTIVE_NEIGHBOR, 0)                                        \
    M(Topocomm, Neighbor_alltoallv_init, collective_prepared, IL_COLLECTIVE_NEIGHBOR, 0)                                       \
    M(Topocomm, Neighbor_alltoallw_init, collective_prepared, IL_COLLECTIVE_NEIGHBOR, 0)                                       \
    M(Comm, Clone, communicator_making, 1, 0)                                                                                  \
    M(Comm, Dup, communicator_making, 1, 0)                                                                                    \
    M(Comm, Dup_with_info, communicator_making, 1, 0)                                                                          \
    M(Comm, Create, communicator_making, 1, 0)                                                                                 \
    M(Comm, Split, communicator_making, 1, 0)                                                                                  \
    M(Comm, Split_type, communicator_making, 1, 0)                                                                             \
    M(Comm, Shrink, communicator_making, 0, 0)                                                                                 \
    M(Comm, Idup, communicator_making_later, 0, 0)                                                                             \
    M(Comm, Idup_with_info, communicator_making_later, 0, 0)                                                                   \
    M(Intracomm, Create_group, communicator_making, 0, 0)                                                                      \
    M(Intracomm, Create_from_group, communicator_making, 0, 0)                                                                 \
    M(Intracomm, Create_cart, communicator_making, 1, 0)                                                                       \
    M(Intracomm, Create_graph, communicator_making, 1, 0)                                                                      \
    M(Intracomm, Create_dist_graph, communicator_making, 1, 0)                                                                 \
    M(Intracomm, Create_dist_graph_adjacent, communicator_making, 1, 0)                                                        \
    M(Intracomm, Create_intercomm, communicator_making, 1, 0)                                                                  \
    M(Intracomm, Spawn, communicator_making, 1, 0)                                                                             \
    M(Intracomm, Spawn_multiple, communicator_making, 1, 0)                                                                    \
    M(Intracomm, Accept, communicator_making, 1, 0)                                                                            \
    M(Intracomm, Connect, communicator_making, 1, 0)                                                                           \
    M(Cartcomm, Sub, communicator_making, 1, 0)                                                                                \
    M(Intercomm, Merge, communicator_making, 1, 0)                                                                             \
    M(Comm, Free, communicator_ending, 0, 0)                                                                                   \
    M(Comm, free, communicator_ending, 0, 0)                                                                                   \
    M(Comm, Disconnect, communicator_ending, 0, 0)                                                                             \
    M(Comm, Set_name, communicator_named, 0, 0)                                                                                \
    M(Win, Create, window_making, 0, 3)                                                                                        \
    M(Win, Allocate, window_making, 0, 3)                                                                                      \
    M(Win, Allocate_shared, window_making, 0, 3)                                                                               \
    M(Win, Create_dynamic, window_making, 0, 1)                                                                                \
    M(Win, Fence, window_together, IL_COLLECTIVE_FENCE, 0)                                                                     \
    M(Win, Free, window_together, IL_COLLECTIVE_FREE, 0)                                                                       \
    M(Win, Put, window_access, IL_ACCESS_PUT, 1)                                                                               \
    M(Win, Get, window_access, IL_ACCESS_GET, 1)                                                                               \
    M(Win, Accumulate, window_access, IL_ACCESS_ACCUMULATE, 1)                                                                 \
    M(Win, Get_accumulate, window_access, IL_ACCESS_ACCUMULATE, 2)                                                             \
    M(Win, Fetch_and_op, window_access, IL_ACCESS_ACCUMULATE, 2)                                                               \
    M(Win, Compare_and_swap, window_access, IL_ACCESS_ACCUMULATE, 3)                                                           \
    M(Win, Rput, window_access, IL_ACCESS_PUT, 1)                                                                              \
    M(Win, Rget, window_access, IL_ACCESS_GET, 1)                                                                              \
    M(Win, Raccumulate, window_access, IL_ACCESS_ACCUMULATE, 1)                                                                \
    M(Win, Rget_accumulate, window_access, IL_ACCESS_ACCUMULATE, 2)                                                            \
    M(Win, Lock, window_wait, 0, 0)                                                                                            \
    M(Win, Lock_all, window_wait, 0, 0)                                                                                        \
    M(Win, Start, window_wait, 0, 0)                                                                                           \
    M(Win, Wait, window_wait, 0, 0)                                                                                            \
    M(Win, Unlock, window_wait, 1, 0)                                                                                          \
    M(Win, Unlock_all, window_wait, 1, 0)                                                                                      \
    M(Win, Flush, window_wait, 1, 0)                                                                                           \
    M(Win, Flush_all, window_wait, 1, 0)                                                                                       \
    M(Win, Complete, window_wait, 1, 0)


#define NUMBER(cls, name, ...) AT_##cls##_##name,
enum { METHODS(NUMBER) COUNT };
static Method methods[COUNT];

#define OURS(cls, name, tells, ...)                                                                                            \
    static PyObject *cls##_##name(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) {                \
        return tells(&(Call){&methods[AT_##cls##_##name], self, args, nargs, kwnames});                                        \
    }
METHODS(OURS)

#define ENTRY(cls, name, tells, what, place) [AT_##cls##_##name] = {#cls, #name, cls##_##name, NULL, what, place},
static Method methods[COUNT] = {METHODS(ENTRY)};

/* ── into the places of the originals ───────────────────────────────────────────────────────────────────────────── */
/* What every function of C has after its head: where it is defined. */
typedef struct {
    PyObject_HEAD
    PyMethodDef *def;
} Function;

static bool same_object(const void *a, const void *b) {
    Dl_info one, other;
    return dladdr(a, &one) && dladdr(b, &other) && one.dli_fbase == other.dli_fbase;
}

/* The definition of a method, in the memory of the module that `inside` lies in; NULL: it is laid out otherwise. */
static PyMethodDef *definition(PyObject *function, const Method *m, const void *inside) {
    PyMethodDef *def = ((Function *)function)->def;
    bool safe = same_object(def, inside) && same_object(def->ml_name, inside) && strcmp(def->ml_name, m->name) == 0;
    return safe && def->ml_flags == (METH_FASTCALL | METH_KEYWORDS) ? def : NULL;
}

/* In its own dictionary: what a class inherits is replaced where it comes from. A classmethod has the function within. */
static PyObject *function_of(PyObject *module, const Method *m) {
    PyObject *cls = PyObject_GetAttrString(module, m->cls), *dict = cls ? PyObject_GetAttrString(cls, "__dict__") : NULL;
    PyObject *function = dict ? PyMapping_GetItemString(dict, m->name) : NULL;
    PyObject *within = function ? PyObject_GetAttrString(function, "__func__") : NULL;
    if (within) Py_DECREF(function), function = within;
    PyErr_Clear();
    Py_XDECREF(dict);
    Py_XDECREF(cls);
    return function;
}

/* An address in the module: of the C function that gives the handle of a communicator. */
static void *address_in(PyObject *module) {
    PyObject *functions = PyObject_GetAttrString(module, "__pyx_capi__");
    PyObject *capsule = functions ? PyMapping_GetItemString(functions, "PyMPIComm_Get") : NULL;
    void *address = capsule ? PyCapsule_GetPointer(capsule, PyCapsule_GetName(capsule)) : NULL;
    Py_XDECREF(capsule);
    Py_XDECREF(functions);
    return address;
}

static void pass_over(PyObject *module) {
    PyObject *package = PyImport_ImportModule("mpi4py"), *path = package ? PyObject_GetAttrString(package, "__path__") : NULL;
    PyObject *folder = path ? PySequence_GetItem(path, 0) : NULL;
    if (folder && PyUnicode_Check(folder)) sites_pass_over(folder);
    Py_XDECREF(folder);
    Py_XDECREF(path);
    Py_XDECREF(package);
    PyErr_Clear();
    (void)module;
}

/* Methods that this version of mpi4py does not have are none that it lacks. */
bool hook_mpi(PyObject *module) {
    void *inside = address_in(module);
    if (!inside || !mpi_learn(module)) return false;
    pass_over(module);
    Py_AtExit(main_thread_ends); /* before mpi4py's own, which waits in MPI_Finalize for all ranks */
    int left = 0;
    for (int i = 0; i < COUNT; i++) {
        Method *m = &methods[i];
        PyObject *function = function_of(module, m);
        PyMethodDef *def = function ? definition(function, m, inside) : NULL;
        if (def) m->native = (Native)(void (*)(void))def->ml_meth, def->ml_meth = (PyCFunction)(void (*)(void))m->ours;
        left += function && !def;
        Py_XDECREF(function);
    }
    world_known();
    if (left) PyErr_Format(PyExc_RuntimeError, "%d of its functions are laid out in a way that is not known", left);
    return !left;
}
