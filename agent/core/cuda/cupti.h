/* What is asked of CUPTI and of the driver, declared here so that no header of CUDA is needed to build the core.
 *
 * The offsets of the fields that are read are the same in the records of CUPTI 12.8 to 13.5: its newer versions append. Numbers
 * and layouts are those of cupti_activity.h and cupti_callbacks.h. */
#ifndef INTERLEAVE_CUPTI_H
#define INTERLEAVE_CUPTI_H
#include <stddef.h>
#include <stdint.h>

enum { DOMAIN_DRIVER = 1 };
enum { ENTERS = 0, EXITS = 1 };
enum {
    KIND_MEMCPY = 1,
    KIND_MEMSET = 2,
    KIND_CONCURRENT_KERNEL = 10,
    KIND_MEMCPY2 = 22,
    KIND_SYNCHRONIZATION = 38,
    KIND_MEMORY2 = 49,
};
enum { COPY_HTOD = 1, COPY_DTOH = 2, COPY_HTOA = 3, COPY_ATOH = 4 };
enum { MEMORY_PAGEABLE = 1, MEMORY_DEVICE = 3, MEMORY_ARRAY = 4, MEMORY_MANAGED = 5 };
enum { MEMORY_TAKEN = 1, MEMORY_GIVEN_BACK = 2 };
enum { SYNC_EVENT = 1, SYNC_STREAM = 3, SYNC_CONTEXT = 4 };

/* CUpti_CallbackData: what a callback hears of a call of the driver */
typedef struct {
    uint32_t site;
    const char *function;
    const void *params;
    const int *result;
    const char *symbol;
    void *context;
    uint32_t context_uid;
    uint64_t *data;
    uint32_t correlation;
} ApiCall;

/* The beginnings of the records. */
typedef struct {
    uint32_t device, context, stream;
} Where;
typedef struct {
    uint32_t kind, configured[3];
    uint64_t start, end, completed;
    Where where;
    int32_t grid[3], block[3];
    uint32_t memory[4], correlation;
    int64_t grid_id;
    const char *name;
} KernelRecord;
typedef struct {
    uint32_t kind;
    uint8_t copy, from, to, flags;
    uint64_t bytes, start, end;
    Where where;
    uint32_t correlation;
} CopyRecord;
typedef struct {
    uint32_t kind;
    uint8_t copy, from, to, flags;
    uint64_t bytes, start, end;
    Where where;
    uint32_t source[2], target[2], correlation;
} PeerCopyRecord;
typedef struct {
    uint32_t kind, value;
    uint64_t bytes, start, end;
    Where where;
    uint32_t correlation;
} FillRecord;
typedef struct {
    uint32_t kind, type;
    uint64_t start, end;
    uint32_t correlation, context, stream, event;
} SyncRecord;
typedef struct {
    uint32_t kind, operation, memory, correlation;
    uint64_t address, bytes, time, program_counter;
    uint32_t process, device, context, stream;
} MemoryRecord;
#define PLACE(type, field, at) _Static_assert(offsetof(type, field) == at, #type "." #field)
PLACE(KernelRecord, start, 16);
PLACE(KernelRecord, where.stream, 48);
PLACE(KernelRecord, block, 64);
PLACE(KernelRecord, correlation, 92);
PLACE(KernelRecord, name, 104);
PLACE(CopyRecord, bytes, 8);
PLACE(CopyRecord, where, 32);
PLACE(CopyRecord, correlation, 44);
PLACE(PeerCopyRecord, correlation, 60);
PLACE(FillRecord, where, 32);
PLACE(FillRecord, correlation, 44);
PLACE(SyncRecord, correlation, 24);
PLACE(MemoryRecord, correlation, 12);
PLACE(MemoryRecord, time, 32);
PLACE(MemoryRecord, device, 52);

typedef void Called(void *unused, uint32_t domain, uint32_t function, const ApiCall *call);
typedef void Wanted(uint8_t **buffer, size_t *size, size_t *most_records);
typedef void Filled(void *context, uint32_t stream, uint8_t *buffer, size_t size, size_t valid);

/* name, arguments: each returns 0 when it could */
#define CUPTI_FUNCTIONS(F) \
    F(GetVersion, (uint32_t *version)) \
    F(GetResultString, (int result, const char **text)) \
    F(GetCallbackName, (uint32_t domain, uint32_t function, const char **name)) \
    F(GetStreamIdEx, (void *context, void *stream, uint8_t per_thread, uint32_t *id)) \
    F(Subscribe, (void **subscriber, Called *called, void *unused)) \
    F(Unsubscribe, (void *subscriber)) \
    F(EnableCallback, (uint32_t on, void *subscriber, uint32_t domain, uint32_t function)) \
    F(ActivityRegisterTimestampCallback, (uint64_t(*clock)(void))) \
    F(ActivityRegisterCallbacks, (Wanted * wanted, Filled *filled)) \
    F(ActivityEnable, (uint32_t kind)) \
    F(ActivityDisable, (uint32_t kind)) \
    F(ActivityFlushPeriod, (uint32_t ms)) \
    F(ActivityFlushAll, (uint32_t forced)) \
    F(ActivityGetNextRecord, (uint8_t * buffer, size_t valid, void **record)) \
    F(ActivityGetNumDroppedRecords, (void *context, uint32_t stream, size_t *dropped))
#define DRIVER_FUNCTIONS(F) \
    F(DriverGetVersion, (int *version)) \
    F(DeviceGetCount, (int *count)) \
    F(DeviceGet, (int *device, int ordinal)) \
    F(DeviceGetName, (char *name, int room, int device)) \
    F(DeviceGetPCIBusId, (char *id, int room, int device)) \
    F(DeviceGetAttribute, (int *value, int attribute, int device)) \
    F(DeviceTotalMem_v2, (size_t *bytes, int device))
enum { ATTRIBUTE_MULTIPROCESSORS = 16 };
#define FUNCTION(name, arguments) int(*name) arguments;
extern struct Cupti {
    CUPTI_FUNCTIONS(FUNCTION)
} cupti;
extern struct Driver {
    DRIVER_FUNCTIONS(FUNCTION)
} driver;
#undef FUNCTION
#endif
